namespace Crid.Keeper.Protocol;

/// <summary>A process that the keeper holds; <paramref name="Exit"/> is null while it runs.</summary>
public sealed record KeptProcess(string Id, int Pid, ulong StartTimeTicks, ProcessExit? Exit);
