namespace Crid.Runtimes;

/// <summary>The identity of a sandbox: two requests with equal metadata are attempts at the same sandbox.</summary>
public sealed record SandboxMetadata(string Name, string Namespace, string Uid, uint Attempt);
