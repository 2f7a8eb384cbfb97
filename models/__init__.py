"""Networks: which there are, where their weights come from, how they learn, what they are fed."""
