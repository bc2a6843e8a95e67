"""The toolbox: methods and instruments that coordinators gather, for all to find."""
