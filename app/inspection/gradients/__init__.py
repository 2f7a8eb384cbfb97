"""How the loss moves with what a network computes, and with what it has learned."""
