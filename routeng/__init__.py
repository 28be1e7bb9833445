"""routeng: the routes an Azure network would have, and what a change does to them."""
