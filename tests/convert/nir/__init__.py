"""Networks in and out of NIR."""
