namespace Crid.Cli;

/// <summary>Which lines of a log are shown, and how.</summary>
/// <param name="Follow">Go on until the container has ended.</param>
/// <param name="Tail">Start with the last so many lines; null: from the beginning.</param>
/// <param name="Since">Leave out what is older.</param>
/// <param name="Timestamps">Put the time in front of each line.</param>
internal sealed record LogOptions(bool Follow = false, int? Tail = null, DateTimeOffset? Since = null, bool Timestamps = false);
