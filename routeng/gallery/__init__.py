"""The example designs and their generators."""
