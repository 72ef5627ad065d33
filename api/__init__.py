"""The HTTP service and its page; everything it knows comes from ``allocator``."""
