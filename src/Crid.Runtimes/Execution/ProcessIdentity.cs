namespace Crid.Runtimes;

/// <summary>A process, named beyond pid reuse.</summary>
public sealed record ProcessIdentity(int Pid, ulong StartTimeTicks);
