namespace Crid.Daemon;

/// <summary>A value does not fit its option; the message says what would.</summary>
internal sealed class OptionValueException(string message) : Exception(message);
