namespace Crid.Runtimes;

/// <summary>The output and exit status of a command that ran in a container.</summary>
public sealed record ExecSyncResult(byte[] Stdout, byte[] Stderr, int ExitStatus);
