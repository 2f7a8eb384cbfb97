"""The microscope: what a network computes and why, in torch alone, without a word of the web."""
