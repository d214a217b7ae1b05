"""Which colors a picture has, where they stand and how much they count. It has never heard of palettes."""
