"""PayPal, as far as a store needs it: orders, payments, reporting, disputes and notifications."""
