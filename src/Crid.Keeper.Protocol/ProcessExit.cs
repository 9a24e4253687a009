namespace Crid.Keeper.Protocol;

/// <summary>The end of a kept process. <paramref name="ExitStatus"/> is 128 + signal where a signal ended it, 255 where it can't be known.</summary>
public sealed record ProcessExit(string Id, int Pid, int ExitStatus, DateTimeOffset FinishedAt);
