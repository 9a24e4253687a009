using Crid.Networking;

namespace Crid.Daemon;

/// <summary>Every table and key of the configuration. The only place that names a key: parsing, errors, the default file and the dump follow from it.</summary>
internal static class OptionSchema
{
    private const int MostNetworks = 16;

    public static IReadOnlyList<OptionTable> Tables { get; } =
    [
        Directories(), Log(), Grpc(), Streaming(), Keeper(), Images(), Registry(), Runtimes(), Handlers(), Cni(), Pods(),
        ObservationSchema.Metrics(), ObservationSchema.Traces(),
    ];

    /// <summary>The table of that name; null where there is none.</summary>
    public static OptionTable? Find(string name) => Tables.FirstOrDefault(table => table.Name == name);

    private static OptionTable<DirectoriesSection> Directories() => new OptionTable<DirectoriesSection>(
            "directories",
            "Where crid keeps its files.",
            static options => options.Directories,
            static (options, section) => options with { Directories = section })
        .Key(
            "root",
            OptionTypes.AbsolutePath,
            "Durable state: images, layers, the database. Needs a file system that overlayfs accepts as an upper layer.",
            static section => section.Root,
            static (section, value) => section with { Root = value })
        .Key(
            "run",
            OptionTypes.AbsolutePath,
            "State that ends with the machine's uptime: sockets (crid.sock is the CRI), namespaces, bundles. Should be a tmpfs. At most 22 bytes.",
            static section => section.Run,
            static (section, value) => section with { Run = value });

    private static OptionTable<LogSection> Log() => new OptionTable<LogSection>(
            "log",
            "Logging, one line per event on standard error.",
            static options => options.Log,
            static (options, section) => options with { Log = section })
        .Key(
            "level",
            OptionTypes.Choice(
                ("trace", LogLevel.Trace),
                ("debug", LogLevel.Debug),
                ("info", LogLevel.Information),
                ("warning", LogLevel.Warning),
                ("error", LogLevel.Error)),
            "The least severe events that are written. info has one line for each call that changes something.",
            static section => section.Level,
            static (section, value) => section with { Level = value })
        .Live()
        .Key(
            "format",
            OptionTypes.Choice(("text", LogFormat.Text), ("json", LogFormat.Json)),
            "text writes key=value pairs, json an object.",
            static section => section.Format,
            static (section, value) => section with { Format = value });

    private static OptionTable<GrpcSection> Grpc() => new OptionTable<GrpcSection>(
            "grpc",
            "The server on the socket.",
            static options => options.Grpc,
            static (options, section) => options with { Grpc = section })
        .Key(
            "max_message_size",
            OptionTypes.Size,
            "The largest message that is accepted or sent; at least 16MiB.",
            static section => section.MaxMessageBytes,
            static (section, value) => section with { MaxMessageBytes = value })
        .Key(
            "shutdown_timeout",
            OptionTypes.Duration,
            "How long calls in flight may take to finish when the daemon is asked to stop. Containers are not affected.",
            static section => section.ShutdownTimeout,
            static (section, value) => section with { ShutdownTimeout = value });

    private static OptionTable<StreamingSection> Streaming() => new OptionTable<StreamingSection>(
            "streaming",
            "The server for the streams of exec, attach and port-forward. Its URLs carry a secret that is good for one connection within a minute.",
            static options => options.Streaming,
            static (options, section) => options with { Streaming = section })
        .Key(
            "address",
            OptionTypes.IpAddress,
            "Where it listens. kubelet connects from this machine, so that nobody else needs to reach it.",
            static section => section.Address,
            static (section, value) => section with { Address = value })
        .Key(
            "port",
            OptionTypes.Integer(0, ushort.MaxValue),
            "The port; 0 takes any free one, which clients learn with each URL.",
            static section => section.Port,
            static (section, value) => section with { Port = value })
        .Key(
            "tls_certificate",
            OptionTypes.OptionalPath,
            "A PEM file with the certificate for TLS, read again when it or its link changes; kubelet must trust it. Empty: no TLS.",
            static section => section.TlsCertificate,
            static (section, value) => section with { TlsCertificate = value })
        .Key(
            "tls_key",
            OptionTypes.OptionalPath,
            "A PEM file with its private key. Empty: the key is in the file of the certificate.",
            static section => section.TlsKey,
            static (section, value) => section with { TlsKey = value })
        .Key(
            "tls_client_ca",
            OptionTypes.OptionalPath,
            "A PEM file with the authorities of client certificates, read again like that; with it clients need one. Empty: they need none.",
            static section => section.TlsClientCa,
            static (section, value) => section with { TlsClientCa = value })
        .Key(
            "idle_timeout",
            OptionTypes.Duration,
            "How long a connection may carry nothing before it is closed.",
            static section => section.IdleTimeout,
            static (section, value) => section with { IdleTimeout = value })
        .Key(
            "max_connections",
            OptionTypes.Integer(1, 100_000),
            "How many connections there may be at once; more are closed as they come.",
            static section => section.MaxConnections,
            static (section, value) => section with { MaxConnections = value });

    private static OptionTable<KeeperSection> Keeper() => new OptionTable<KeeperSection>(
            "keeper",
            "crid-keeper, the process that owns the containers.",
            static options => options.Keeper,
            static (options, section) => options with { Keeper = section })
        .Key(
            "start",
            OptionTypes.Choice(("auto", KeeperStart.Auto), ("never", KeeperStart.Never)),
            "auto starts a keeper where none runs. never leaves that to a service manager and waits for it.",
            static section => section.Start,
            static (section, value) => section with { Start = value })
        .Key(
            "path",
            OptionTypes.OptionalPath,
            "The program. Empty: crid-keeper beside crid, then in ../libexec/crid, then in /usr/libexec/crid.",
            static section => section.Path,
            static (section, value) => section with { Path = value })
        .Key(
            "pause_path",
            OptionTypes.OptionalPath,
            "The program that holds a shared PID namespace. Empty: crid-pause, in the same places.",
            static section => section.PausePath,
            static (section, value) => section with { PausePath = value });

    private static OptionTable<ImagesSection> Images() => new OptionTable<ImagesSection>(
            "images",
            "Pulling images.",
            static options => options.Images,
            static (options, section) => options with { Images = section })
        .Key(
            "concurrent_layers",
            OptionTypes.Integer(1, 64),
            "How many layers are downloaded and unpacked at once, all pulls together; a pull that would have none gets one more, so that a slow registry does not hold up the others. Each costs about 3 MB of memory.",
            static section => section.ConcurrentLayers,
            static (section, value) => section with { ConcurrentLayers = value })
        .Key(
            "pinned",
            OptionTypes.Names,
            "Images that kubelet's garbage collection leaves alone: whole names, or with * at either end for whatever is there.",
            static section => section.Pinned,
            static (section, value) => section with { Pinned = value })
        .Key(
            "preload_directory",
            OptionTypes.OptionalPath,
            "Archives and layouts in this directory are imported at start, and pinned. Empty: none.",
            static section => section.PreloadDirectory,
            static (section, value) => section with { PreloadDirectory = value })
        .Key(
            "layer_grace",
            OptionTypes.Duration,
            "How long the finished layers of an interrupted or failed pull are kept for the next one. The removal of an image and a full disk remove them at once.",
            static section => section.LayerGrace,
            static (section, value) => section with { LayerGrace = value })
        .Key(
            "signature_policy",
            OptionTypes.OptionalPath,
            "A policy.json as containers-policy.json(5) describes it: which images have to be signed, by which keys. Empty: any image is accepted.",
            static section => section.SignaturePolicy,
            static (section, value) => section with { SignaturePolicy = value })
        .Key(
            "signature_policy_directory",
            OptionTypes.OptionalPath,
            "Policies of single Kubernetes namespaces, NAMESPACE.json, which count instead. Empty: none.",
            static section => section.SignaturePolicyDirectory,
            static (section, value) => section with { SignaturePolicyDirectory = value })
        .Key(
            "max_layer_size",
            OptionTypes.Size,
            "The largest layer that is accepted, uncompressed.",
            static section => section.MaxLayerBytes,
            static (section, value) => section with { MaxLayerBytes = value })
        .Key(
            "max_layer_entries",
            OptionTypes.Count,
            "The most files, directories and links that a layer may have.",
            static section => section.MaxLayerEntries,
            static (section, value) => section with { MaxLayerEntries = value })
        .Key(
            "zstd_memory_mib",
            OptionTypes.Integer(8, 2048),
            "MiB of memory for unpacking zstd, all layers together. A layer that was compressed with a larger window is refused; tools use up to 8 unless told otherwise.",
            static section => section.ZstdMemoryMib,
            static (section, value) => section with { ZstdMemoryMib = value });

    private static OptionTable<RegistrySection> Registry() => new OptionTable<RegistrySection>(
            "registry",
            "Talking to registries.",
            static options => options.Registry,
            static (options, section) => options with { Registry = section })
        .Key(
            "certs_directory",
            OptionTypes.AbsolutePath,
            "Mirrors, certificates and the like of each registry: REGISTRY/hosts.toml files in the form that containerd documents.",
            static section => section.CertsDirectory,
            static (section, value) => section with { CertsDirectory = value })
        .Key(
            "plain_http",
            OptionTypes.Names,
            "Registries (host:port) that are reached with http instead of https; those on this machine's loopback always are.",
            static section => section.PlainHttp,
            static (section, value) => section with { PlainHttp = value })
        .Key(
            "parallel_ranges",
            OptionTypes.Integer(1, 16),
            "How many ranges of a layer of 64 MiB and more are fetched at once, one layer at a time; each takes 4 MiB of memory. 1: none.",
            static section => section.ParallelRanges,
            static (section, value) => section with { ParallelRanges = value })
        .Key(
            "http_proxy",
            OptionTypes.ProxyUrl,
            "The proxy for registries over plain HTTP. Empty: the environment variable HTTP_PROXY.",
            static section => section.HttpProxy,
            static (section, value) => section with { HttpProxy = value })
        .Key(
            "https_proxy",
            OptionTypes.ProxyUrl,
            "The proxy for registries. Empty: the environment variable HTTPS_PROXY, which may also hold a user and a password.",
            static section => section.HttpsProxy,
            static (section, value) => section with { HttpsProxy = value })
        .Key(
            "no_proxy",
            OptionTypes.Names,
            "Hosts that are reached directly: names with what is below them, addresses, networks. Empty: the environment variable NO_PROXY.",
            static section => section.NoProxy,
            static (section, value) => section with { NoProxy = value })
        .Key(
            "connect_timeout",
            OptionTypes.Duration,
            "How long connecting may take.",
            static section => section.ConnectTimeout,
            static (section, value) => section with { ConnectTimeout = value })
        .Key(
            "response_timeout",
            OptionTypes.Duration,
            "How long a registry may take to begin its answer.",
            static section => section.ResponseTimeout,
            static (section, value) => section with { ResponseTimeout = value })
        .Key(
            "stall_timeout",
            OptionTypes.Duration,
            "A download that brings nothing for this long is begun anew.",
            static section => section.StallTimeout,
            static (section, value) => section with { StallTimeout = value })
        .Key(
            "attempts",
            OptionTypes.Integer(1, 20),
            "How often a request is tried before the pull fails.",
            static section => section.Attempts,
            static (section, value) => section with { Attempts = value });

    private static OptionTable<RuntimesSection> Runtimes() => new OptionTable<RuntimesSection>(
            "runtimes",
            "The OCI runtimes that run containers.",
            static options => options.Runtimes,
            static (options, section) => options with { Runtimes = section })
        .Key(
            "default",
            OptionTypes.Text,
            "The handler of pods that name none. Empty: runc where it is installed, else the first that is.",
            static section => section.Default,
            static (section, value) => section with { Default = value })
        .Key(
            "cgroup_driver",
            OptionTypes.Choice(
                ("auto", CgroupDriverChoice.Auto),
                ("systemd", CgroupDriverChoice.Systemd),
                ("cgroupfs", CgroupDriverChoice.Cgroupfs)),
            "Who makes cgroups; kubelet asks and follows. auto: systemd where it is the host's init.",
            static section => section.CgroupDriver,
            static (section, value) => section with { CgroupDriver = value })
        .Key(
            "selinux",
            OptionTypes.Boolean,
            "Containers get SELinux contexts where the machine has SELinux; crid then has to run as container_runtime_t.",
            static section => section.Selinux,
            static (section, value) => section with { Selinux = value })
        .Key(
            "device_ownership_from_security_context",
            OptionTypes.Boolean,
            "Devices that a container asks for, raw block volumes too, belong to its runAsUser and runAsGroup and not to their owners on the host.",
            static section => section.DeviceOwnershipFromSecurityContext,
            static (section, value) => section with { DeviceOwnershipFromSecurityContext = value })
        .Key(
            "cdi_directories",
            OptionTypes.Paths,
            "Where the files of the Container Device Interface are, *.json and *.yaml; a later directory wins, and changes are noticed.",
            static section => section.CdiDirectories,
            static (section, value) => section with { CdiDirectories = value })
        .Key(
            "hook_directories",
            OptionTypes.Paths,
            "Where files with OCI hooks are, *.json as in oci-hooks(5); a file in a later directory takes the place of its namesake.",
            static section => section.HookDirectories,
            static (section, value) => section with { HookDirectories = value });

    private static OptionTable<HandlerSection> Handlers() => new OptionTable<HandlerSection>(
            "runtimes.handlers",
            "A runtime handler, by the name that a RuntimeClass gives. Handlers whose program is not installed are not offered.",
            static options => options.Runtimes.Handlers,
            static (options, handlers) => options with { Runtimes = options.Runtimes with { Handlers = handlers } })
        .Key(
            "path",
            OptionTypes.Program,
            "The program; a name is searched in PATH and the usual directories of system programs. Empty: the name of the handler.",
            static section => section.Path,
            static (section, value) => section with { Path = value })
        .Key(
            "root",
            OptionTypes.OptionalPath,
            "Its state directory. Empty: one of its own below directories.run.",
            static section => section.Root,
            static (section, value) => section with { Root = value })
        .Key(
            "options",
            OptionTypes.Names,
            "Options that precede its subcommand on each call, such as \"--debug\".",
            static section => section.Options,
            static (section, value) => section with { Options = value })
        .Key(
            "network_directory",
            OptionTypes.OptionalPath,
            "Where the network configurations of its pods are. Empty: cni.configuration_directory.",
            static section => section.NetworkDirectory,
            static (section, value) => section with { NetworkDirectory = value })
        .Key(
            "networks",
            OptionTypes.Integer(0, MostNetworks),
            "How many networks of network_directory each of its pods joins; 0 for all.",
            static section => section.Networks,
            static (section, value) => section with { Networks = value })
        .Key(
            "privileged_without_host_devices",
            OptionTypes.Boolean,
            "Privileged containers get only the devices that they ask for. For runtimes with a kernel of their own.",
            static section => section.PrivilegedWithoutHostDevices,
            static (section, value) => section with { PrivilegedWithoutHostDevices = value })
        .Key(
            "privileged_without_host_devices_all_devices_allowed",
            OptionTypes.Boolean,
            "With the former, their device cgroup still allows every device.",
            static section => section.AllDevicesAllowed,
            static (section, value) => section with { AllDevicesAllowed = value })
        .Key(
            "allowed_annotations",
            OptionTypes.Names,
            "Annotations of pods and containers that the runtime sees: keys, with * for any characters and ? for one. Runtimes obey some.",
            static section => section.AllowedAnnotations,
            static (section, value) => section with { AllowedAnnotations = value })
        .Key(
            "default_annotations",
            OptionTypes.Assignments,
            "Annotations of all its containers; where the pod sets one that it may, that counts.",
            static section => section.DefaultAnnotations,
            static (section, value) => section with { DefaultAnnotations = value });

    private static OptionTable<CniSection> Cni() => new OptionTable<CniSection>(
            "cni",
            "The pod network.",
            static options => options.Cni,
            static (options, section) => options with { Cni = section })
        .Key(
            "configuration_directory",
            OptionTypes.AbsolutePath,
            "Where network configurations are; the first usable ones by name are used, and changes are noticed.",
            static section => section.ConfigurationDirectory,
            static (section, value) => section with { ConfigurationDirectory = value })
        .Key(
            "networks",
            OptionTypes.Integer(0, MostNetworks),
            "How many of them each pod joins, as eth0, eth1 and so on; 0 for all. Pods are reached by eth0.",
            static section => section.Networks,
            static (section, value) => section with { Networks = value })
        .Key(
            "template",
            OptionTypes.OptionalPath,
            "A .conflist with {{.PodCIDR}}, {{.Ranges}} and {{.Routes}} that becomes the configuration, where there is none, when kubelet tells the node's pod CIDR.",
            static section => section.Template,
            static (section, value) => section with { Template = value })
        .Key(
            "plugin_directories",
            OptionTypes.Paths,
            "Where plugins are searched, in this order.",
            static section => section.PluginDirectories,
            static (section, value) => section with { PluginDirectories = value })
        .Key(
            "results_directory",
            OptionTypes.AbsolutePath,
            "Where the results of plugins are kept until the pod ends, in the format that other runtimes use as well.",
            static section => section.ResultsDirectory,
            static (section, value) => section with { ResultsDirectory = value })
        .Key(
            "add_timeout",
            OptionTypes.Duration,
            "How long adding a pod to the network may take, all plugins together.",
            static section => section.AddTimeout,
            static (section, value) => section with { AddTimeout = value })
        .Key(
            "del_timeout",
            OptionTypes.Duration,
            "How long removing a pod from it may take.",
            static section => section.DelTimeout,
            static (section, value) => section with { DelTimeout = value })
        .Key(
            "ip_preference",
            OptionTypes.Choice(("ipv4", IpPreference.Ipv4), ("ipv6", IpPreference.Ipv6), ("cni", IpPreference.Cni)),
            "Which of a pod's addresses is the primary one.",
            static section => section.IpPreference,
            static (section, value) => section with { IpPreference = value });

    private static OptionTable<PodsSection> Pods() => new OptionTable<PodsSection>(
            "pods",
            "Pods and containers.",
            static options => options.Pods,
            static (options, section) => options with { Pods = section })
        .Key(
            "operation_timeout",
            OptionTypes.Duration,
            "How long an operation on a pod or container may take, with what the OCI runtime and its hooks do in it; it does not end when its caller leaves.",
            static section => section.OperationTimeout,
            static (section, value) => section with { OperationTimeout = value })
        .Key(
            "undo_timeout",
            OptionTypes.Duration,
            "How long each step of undoing a failed operation may take.",
            static section => section.UndoTimeout,
            static (section, value) => section with { UndoTimeout = value })
        .Key(
            "kill_timeout",
            OptionTypes.Duration,
            "How long a process may take to end after SIGKILL before stopping it is reported as failed.",
            static section => section.KillTimeout,
            static (section, value) => section with { KillTimeout = value });
}
