"""Points and strips of the series file: as they come while young, packed and summed up later."""
