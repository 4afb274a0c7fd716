"""The technician's page: live view and aiming aid of one unit."""
