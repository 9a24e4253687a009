namespace Crid.Daemon;

/// <summary>The table <c>[grpc]</c>.</summary>
internal sealed record GrpcSection
{
    public long MaxMessageBytes { get; init; } = 64 << 20;

    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
