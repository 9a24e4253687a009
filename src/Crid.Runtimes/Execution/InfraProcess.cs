namespace Crid.Runtimes;

/// <summary>An infra process, named beyond pid reuse.</summary>
public sealed record InfraProcess(int Pid, ulong StartTimeTicks);
