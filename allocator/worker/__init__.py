"""Workers: processes that take runs from the queue and solve them."""
