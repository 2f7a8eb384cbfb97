"""Trains a network: `python -m models.training lenet5`; `models/training/command.py` says how."""

import os
import signal
import sys

# Read when numpy is loaded: its matrix products are small, and several threads that wait for each
# other make them slower.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")
os.environ.setdefault("VECLIB_NUM_THREADS", "1")

from models.training.command import main

# Being told to stop is cleaned up after like being interrupted.
signal.signal(signal.SIGTERM, signal.default_int_handler)
sys.exit(main())
