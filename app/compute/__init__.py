"""Where and when things are computed: pools, queues, turns, caches, children."""
