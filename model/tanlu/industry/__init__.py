"""Industrial facilities, their options, and the prices and trade of what they make."""
