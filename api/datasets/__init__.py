"""What is shipped: template, schema, data sets."""
