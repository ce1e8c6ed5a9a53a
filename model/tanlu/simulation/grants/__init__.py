"""What public money pays of the investments that agents choose."""
