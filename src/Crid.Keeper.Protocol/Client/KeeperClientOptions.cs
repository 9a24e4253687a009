namespace Crid.Keeper.Protocol;

/// <summary>How patient a <see cref="KeeperClient"/> is.</summary>
public sealed record KeeperClientOptions
{
    /// <summary>Path of the keeper's socket.</summary>
    public required string SocketPath { get; init; }

    /// <summary>How long a request waits for a connection before it fails with Unavailable.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a request waits for its answer before it fails with Unavailable; the time that a command may take comes on top.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Pause after the first failed attempt to connect; doubled after each further one.</summary>
    public TimeSpan FirstRetryDelay { get; init; } = TimeSpan.FromMilliseconds(10);

    public TimeSpan LastRetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The newest version of the protocol that is offered; with an older one the client does what an older crid does.</summary>
    public ushort NewestVersion { get; init; } = KeeperWire.NewestVersion;
}
