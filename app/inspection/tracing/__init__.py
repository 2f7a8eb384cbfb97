"""From a module to its graph, through torch.export."""
