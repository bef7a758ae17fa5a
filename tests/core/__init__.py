"""The rules, tested as what they are: functions of values."""
