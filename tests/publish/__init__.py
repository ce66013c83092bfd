"""Publishing: into real stores, past real hubs."""
