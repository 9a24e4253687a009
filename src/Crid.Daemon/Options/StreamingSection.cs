namespace Crid.Daemon;

/// <summary>The table <c>[streaming]</c>.</summary>
internal sealed record StreamingSection
{
    public string Address { get; init; } = "127.0.0.1";

    public int Port { get; init; }

    public string TlsCertificate { get; init; } = "";

    public string TlsKey { get; init; } = "";

    public string TlsClientCa { get; init; } = "";

    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(4);

    public int MaxConnections { get; init; } = 1000;
}
