namespace Crid.Daemon;

/// <summary>The table <c>[runtimes]</c>.</summary>
internal sealed record RuntimesSection
{
    /// <summary>Empty: runc where it is installed, else the first handler that is.</summary>
    public string Default { get; init; } = "";

    public CgroupDriverChoice CgroupDriver { get; init; } = CgroupDriverChoice.Auto;

    public bool Selinux { get; init; }

    public bool DeviceOwnershipFromSecurityContext { get; init; }

    public IReadOnlyList<string> CdiDirectories { get; init; } = ["/etc/cdi", "/var/run/cdi"];

    public IReadOnlyList<string> HookDirectories { get; init; } = ["/usr/share/containers/oci/hooks.d"];

    public IReadOnlyDictionary<string, HandlerSection> Handlers { get; init; } = new Dictionary<string, HandlerSection>(StringComparer.Ordinal)
    {
        ["runc"] = new HandlerSection { Path = "runc" },
        ["crun"] = new HandlerSection { Path = "crun" },
    };
}
