"""Region packs of one and of three provinces, made from the small one."""

P = 2  # provinces of the packs that come with Tanlu
