"""What whoever runs the service needs: health, version, metrics."""
