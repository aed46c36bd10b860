"""What is asked of a server that is measured: callers, the processes that send, and those that stand in the way."""
