"""The picture covered patch by patch; only what a patch reaches is computed anew."""
