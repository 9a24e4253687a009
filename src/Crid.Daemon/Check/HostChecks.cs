using Crid.Linux;

namespace Crid.Daemon;

/// <summary>Says whether this host can run pods, and what to do about each miss.</summary>
internal static class HostChecks
{
    /// <summary>Checks this machine.</summary>
    public static Task<IReadOnlyList<HostCheck>> RunAsync(HostCheckOptions options, IProgramRunner programs, CancellationToken cancellationToken) =>
        RunAsync(options, new LinuxHost(programs, TimeProvider.System), cancellationToken);

    public static async Task<IReadOnlyList<HostCheck>> RunAsync(HostCheckOptions options, IHost host, CancellationToken cancellationToken) =>
    [
        .. KernelChecks.Run(host),
        .. CgroupChecks.Run(host),
        .. SecurityChecks.Run(host),
        .. await RuntimeChecks.RunAsync(host, options.Runtimes, cancellationToken),
        .. await NetworkChecks.RunAsync(host, options.Network, cancellationToken),
        .. StorageChecks.Run(host, options),
        .. await SignatureChecks.RunAsync(options.Images, cancellationToken),
    ];
}
