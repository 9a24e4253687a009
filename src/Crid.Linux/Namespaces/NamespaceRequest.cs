using Crid.Core;

namespace Crid.Linux;

/// <summary>Which namespaces a sandbox gets of its own, and how they are set up.</summary>
public sealed record NamespaceRequest
{
    public required SandboxId Id { get; init; }

    public bool Network { get; init; }

    public bool Ipc { get; init; }

    public bool Uts { get; init; }

    /// <summary>A user namespace with these mappings, which id 0 has to be in; it owns the other namespaces. Null: none, as for the node's processes.</summary>
    public IdMappings? User { get; init; }

    /// <summary>At most 64 bytes; empty leaves the node's name in the new UTS namespace.</summary>
    public string Hostname { get; init; } = "";

    /// <summary>
    /// Names in dot or slash form. Only what belongs to one of the new namespaces is accepted: <c>net.*</c> with a network namespace;
    /// <c>kernel.shm*</c>, <c>kernel.msg*</c>, <c>kernel.sem</c> and <c>fs.mqueue.*</c> with an IPC namespace.
    /// </summary>
    public IReadOnlyDictionary<string, string> Sysctls { get; init; } = new Dictionary<string, string>();
}
