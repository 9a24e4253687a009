namespace Crid.Runtimes;

/// <summary>What all OCI runtimes use together.</summary>
internal sealed record SharedParts(KeptExits Exits, IHostFiles Files, AppArmorLoader AppArmor, CdiDirectories Cdi, HookDirectories Hooks)
{
    /// <summary>As in <see cref="RuntimesOptions"/>.</summary>
    public bool DeviceOwnershipFromSecurityContext { get; init; }
}
