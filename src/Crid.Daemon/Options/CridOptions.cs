namespace Crid.Daemon;

/// <summary>The whole configuration of the daemon; the initial values are the defaults. Keys and their descriptions are in <see cref="OptionSchema"/>.</summary>
internal sealed record CridOptions
{
    public static CridOptions Default { get; } = new();

    public DirectoriesSection Directories { get; init; } = new();

    public LogSection Log { get; init; } = new();

    public GrpcSection Grpc { get; init; } = new();

    public StreamingSection Streaming { get; init; } = new();

    public KeeperSection Keeper { get; init; } = new();

    public ImagesSection Images { get; init; } = new();

    public RegistrySection Registry { get; init; } = new();

    public RuntimesSection Runtimes { get; init; } = new();

    public CniSection Cni { get; init; } = new();

    public PodsSection Pods { get; init; } = new();

    public MetricsSection Metrics { get; init; } = new();

    public TracesSection Traces { get; init; } = new();
}
