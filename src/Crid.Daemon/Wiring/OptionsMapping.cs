using Crid.Images;
using Crid.Networking;
using Crid.Pods;
using Crid.Runtimes;

namespace Crid.Daemon;

/// <summary>Turns sections of the configuration into the options of the projects that they are for.</summary>
internal static class OptionsMapping
{
    private const string PreferredRuntime = "runc";

    public static ImagesOptions ToImagesOptions(this CridOptions options) => new()
    {
        ConcurrentLayers = options.Images.ConcurrentLayers,
        LayerGrace = options.Images.LayerGrace,
        SignaturePolicy = options.Images.SignaturePolicy,
        SignaturePolicyDirectory = options.Images.SignaturePolicyDirectory,
        PinnedImages = options.Images.Pinned,
        PreloadDirectory = options.Images.PreloadDirectory,
        Limits = new UnpackLimits(options.Images.MaxLayerBytes, options.Images.MaxLayerEntries, (long)options.Images.ZstdMemoryMib << 20),
        Registry = new RegistryOptions
        {
            CertsDirectory = options.Registry.CertsDirectory,
            PlainHttpRegistries = options.Registry.PlainHttp,
            HttpProxy = options.Registry.HttpProxy,
            HttpsProxy = options.Registry.HttpsProxy,
            NoProxy = options.Registry.NoProxy,
            ConnectTimeout = options.Registry.ConnectTimeout,
            ResponseTimeout = options.Registry.ResponseTimeout,
            StallTimeout = options.Registry.StallTimeout,
            Attempts = options.Registry.Attempts,
            ParallelRanges = options.Registry.ParallelRanges,
        },
    };

    public static NetworkOptions ToNetworkOptions(this CridOptions options) => new()
    {
        ConfigurationDirectory = options.Cni.ConfigurationDirectory,
        Networks = options.Cni.Networks,
        Handlers = options.Runtimes.Handlers
            .Where(static handler => handler.Value.NetworkDirectory.Length > 0)
            .ToDictionary(static handler => handler.Key, static handler => new HandlerNetworks(handler.Value.NetworkDirectory, handler.Value.Networks)),
        Template = options.Cni.Template,
        PluginDirectories = options.Cni.PluginDirectories,
        ResultsDirectory = options.Cni.ResultsDirectory,
        AddTimeout = options.Cni.AddTimeout,
        DelTimeout = options.Cni.DelTimeout,
        IpPreference = options.Cni.IpPreference,
    };

    public static PodsOptions ToPodsOptions(this PodsSection section) => PodsOptions.ForThisMachine() with
    {
        OperationTimeout = section.OperationTimeout,
        UndoTimeout = section.UndoTimeout,
        KillTimeout = section.KillTimeout,
    };

    public static HandlerRules ToRules(this HandlerSection section) => new()
    {
        PrivilegedWithoutHostDevices = section.PrivilegedWithoutHostDevices,
        AllDevicesAllowed = section.AllDevicesAllowed,
        AllowedAnnotations = section.AllowedAnnotations,
        DefaultAnnotations = section.DefaultAnnotations
            .Select(static entry => entry.Split('=', 2))
            .GroupBy(static entry => entry[0], static entry => entry[1], StringComparer.Ordinal)
            .ToDictionary(static group => group.Key, static group => group.Last(), StringComparer.Ordinal),
    };

    /// <summary>Handlers whose program is not installed are left out and logged: the defaults name runtimes that not every machine has.</summary>
    public static RuntimesOptions ToRuntimesOptions(this CridOptions options, ILogger logger)
    {
        RuntimesSection section = options.Runtimes;
        List<RuntimeHandlerOptions> handlers = [];
        foreach ((string name, HandlerSection handler) in section.Handlers.OrderBy(static handler => handler.Key, StringComparer.Ordinal))
        {
            string program = handler.Path.Length > 0 ? handler.Path : name;
            if (InstalledPrograms.Find(program) is { } path)
            {
                string? root = handler.Root.Length > 0 ? handler.Root : null;
                handlers.Add(new RuntimeHandlerOptions { Name = name, Path = path, Root = root, Options = handler.Options, Rules = handler.ToRules() });
            }
            else
            {
                DaemonLog.HandlerNotInstalled(logger, name, program);
            }
        }

        bool hasPreferred = handlers.Exists(static handler => handler.Name == PreferredRuntime);
        return new RuntimesOptions
        {
            DefaultHandler = section.Default.Length == 0 && hasPreferred ? PreferredRuntime : section.Default,
            Handlers = handlers,
            CallTimeout = options.Pods.OperationTimeout,
            Selinux = section.Selinux,
            DeviceOwnershipFromSecurityContext = section.DeviceOwnershipFromSecurityContext,
            CdiDirectories = section.CdiDirectories,
            HookDirectories = section.HookDirectories,
            CgroupDriver = section.CgroupDriver switch
            {
                CgroupDriverChoice.Systemd => CgroupDriver.Systemd,
                CgroupDriverChoice.Cgroupfs => CgroupDriver.Cgroupfs,
                _ => null,
            },
        };
    }
}
