using System.Text.Json;
using Crid.Core;
using Crid.Linux;
using Crid.Oci;
using Microsoft.Extensions.Logging;

namespace Crid.Runtimes;

/// <summary>The configured OCI runtimes, each with what it says that it can do.</summary>
public sealed class OciRuntimes : IOciRuntimes, IDisposable
{
    // mount_setattr(2), which recursive read-only mounts need.
    private static readonly Version RecursiveReadOnlyKernel = new(5, 12);

    // The first that takes id-mapped mounts as the layers of an overlay.
    private static readonly Version UserNamespaceKernel = new(5, 19);

    // A runtime that can't say what it can do in this time keeps the daemon from its start no longer.
    private static readonly TimeSpan FeaturesTimeout = TimeSpan.FromSeconds(60);

    private const string RuncVersion = "org.opencontainers.runc.version";
    private const string CrunVersion = "run.oci.crun.version";

    private readonly Dictionary<string, OciRuntime> _runtimes = [];
    private readonly SharedParts _shared;
    private readonly TimeSpan _callTimeout;

    private OciRuntimes(RuntimesOptions options, RuntimeServices services, IHostFiles files, CgroupDriver driver)
    {
        _shared = new SharedParts(
            new KeptExits(services.Keeper),
            files,
            new AppArmorLoader(services.Programs, files, services.Directories.AppArmorProfile, AppArmorLoader.ProgramDirectories, services.Logger),
            new CdiDirectories(options.CdiDirectories, services.Logger),
            new HookDirectories(options.HookDirectories))
        {
            DeviceOwnershipFromSecurityContext = options.DeviceOwnershipFromSecurityContext,
        };
        _callTimeout = options.CallTimeout;
        CgroupDriver = driver;
        Selinux = options.Selinux && services.Host.Selinux ? SelinuxPolicy.Read() : null;
    }

    public IReadOnlyList<RuntimeHandler> Handlers { get; private set; } = [];

    public string DefaultHandler { get; private set; } = "";

    public CgroupDriver CgroupDriver { get; }

    public SelinuxPolicy? Selinux { get; }

    /// <summary>Asks each runtime for its features. A runtime that can't be asked is listed without any.</summary>
    /// <exception cref="CridException">InvalidArgument: the options name no runtime, or a default one that is not among them.</exception>
    public static Task<OciRuntimes> OpenAsync(RuntimesOptions options, RuntimeServices services, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(services);
        return OpenAsync(options, services, new HostFiles(), cancellationToken);
    }

    /// <inheritdoc cref="OpenAsync(RuntimesOptions, RuntimeServices, CancellationToken)"/>
    internal static async Task<OciRuntimes> OpenAsync(
        RuntimesOptions options, RuntimeServices services, IHostFiles files, CancellationToken cancellationToken)
    {
        IReadOnlyList<RuntimeHandlerOptions> handlers = options.Handlers.Count > 0 ? options.Handlers : RuntimesOptions.Discover();
        if (handlers.Count == 0)
        {
            throw CridException.InvalidArgument("no OCI runtime is configured, and neither runc nor crun is installed");
        }

        string defaultName = options.DefaultHandler.Length > 0 ? options.DefaultHandler : handlers[0].Name;
        if (handlers.All(handler => handler.Name != defaultName))
        {
            throw CridException.InvalidArgument($"default runtime handler '{defaultName}' is not configured");
        }

        CgroupDriver driver = options.CgroupDriver ?? CgroupDrivers.Detect(services.Host);
        OciRuntimes runtimes = new(options, services, files, driver);
        RuntimeHandler[] described = await Task.WhenAll(handlers.Select(handler => runtimes.AddAsync(handler, services, cancellationToken)));
        runtimes._runtimes[""] = runtimes._runtimes[defaultName];
        runtimes.DefaultHandler = defaultName;
        runtimes.Handlers = [described.First(handler => handler.Name == defaultName) with { Name = "" }, .. described];
        return runtimes;
    }

    public CdiInventory ListCdiDevices() => _shared.Cdi.List();

    public IOciRuntime Get(string handler) => _runtimes.TryGetValue(handler, out OciRuntime? runtime)
        ? runtime
        : throw CridException.InvalidArgument($"runtime handler '{handler}' is not configured");

    public void Dispose() => _shared.Exits.Dispose();

    private async Task<RuntimeHandler> AddAsync(RuntimeHandlerOptions options, RuntimeServices services, CancellationToken cancellationToken)
    {
        RuntimeProgram program = new(options, CgroupDriver, _callTimeout, services);
        OciFeatures? features = await FindFeaturesAsync(program, services.Logger, cancellationToken);
        WarnOfVersion(options.Name, features, services.Logger);
        Version kernel = Environment.OSVersion.Version;
        bool recursiveReadOnly = kernel >= RecursiveReadOnlyKernel && features?.MountOptions?.Contains("rro") == true;
        bool userNamespaces = kernel >= UserNamespaceKernel
            && services.Host.UserNamespaces
            && features?.Linux is { MountExtensions.Idmap.Enabled: true } linux
            && linux.Namespaces?.Contains("user") == true;
        RuntimeHandler handler = new(options.Name, recursiveReadOnly, userNamespaces)
        {
            NetworkDevices = features?.Linux?.NetDevices?.Enabled == true,
        };
        lock (_runtimes)
        {
            _runtimes.Add(options.Name, new OciRuntime(handler, program, services, _shared, IsCrun(options, features)));
        }

        return handler;
    }

    /// <summary>Of what the features tell: nothing more is run for it. <c>crid check</c> asks those for their version that have no features.</summary>
    private static void WarnOfVersion(string handler, OciFeatures? features, ILogger logger)
    {
        foreach ((string program, string annotation) in (ReadOnlySpan<(string, string)>)[("runc", RuncVersion), ("crun", CrunVersion)])
        {
            if (features?.Annotations?.GetValueOrDefault(annotation) is string version && RuntimeVersions.FindProblem(program, version) is string problem)
            {
                RuntimesLog.RuntimeUnsafe(logger, handler, program, version, problem);
            }
        }
    }

    // Before 1.9 it can't be asked.
    private static bool IsCrun(RuntimeHandlerOptions options, OciFeatures? features) =>
        features?.Annotations?.ContainsKey(CrunVersion) ?? Path.GetFileName(options.Path) == "crun";

    private static async Task<OciFeatures?> FindFeaturesAsync(RuntimeProgram program, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            ProgramResult result = await program.RunAsync(["features"], default, FeaturesTimeout, cancellationToken);
            return result.ExitStatus == 0 ? JsonSerializer.Deserialize(result.Output, OciJson.Default.OciFeatures) : null;
        }
        catch (Exception exception) when (exception is CridException or JsonException)
        {
            // Runtimes of before the subcommand are in use too, and a missing one is told when a container wants it.
            RuntimesLog.FeaturesUnknown(logger, program.Name, exception.Message);
            return null;
        }
    }
}
