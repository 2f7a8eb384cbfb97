"""A network library in plain numpy, small enough to be read in one sitting.

Every file holds one idea, and every forward rule stands beside its backward rule, with the formula
and the shapes. There is no automatic differentiation: each layer knows the derivative of its own
operation, and the chain rule is the order in which they are called.

Read in this order: `layer`, `linear`, `activations`, `maxout`, `softmax`, `information`,
`cross_entropy`, `sequential`, then `gates`, `elementary` and `graph` for networks that fork,
`patches`, `convolution` and `pooling` for pictures, and `surface`, `search`, `descent`, `minibatch`
and `momentum` for learning.

Arrays keep the type of what comes in: float64 for checking derivatives, float32 for training.
"""
