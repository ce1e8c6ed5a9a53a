"""One year of markets: announcements, demand, electricity, goods, CO2, allowances and tariffs."""
