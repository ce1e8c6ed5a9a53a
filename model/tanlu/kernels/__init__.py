"""Every compiled loop, one self-contained file each: plain arrays and scalars in, arrays out."""
