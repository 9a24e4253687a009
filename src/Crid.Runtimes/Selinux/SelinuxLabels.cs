namespace Crid.Runtimes;

/// <summary>SELinux contexts, <c>user:role:type:level</c>: of processes, and of the files that they may use.</summary>
public sealed record SelinuxLabels(string Process, string Mount);
