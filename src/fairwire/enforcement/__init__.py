"""From findings to orders: which step of which ladder, against whom, until when, and how it is undone. Pure."""

from fairwire.enforcement.invoices import Account, due_micros
from fairwire.enforcement.ladder import order_id_of, plan_orders, shadowed

__all__ = ["Account", "due_micros", "order_id_of", "plan_orders", "shadowed"]
