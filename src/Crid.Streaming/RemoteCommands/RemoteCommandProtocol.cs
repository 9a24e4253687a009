namespace Crid.Streaming;

/// <summary>What the versions of the remote-command protocol differ in.</summary>
internal sealed record RemoteCommandProtocol
{
    private const string Suffix = "channel.k8s.io";

    /// <summary>Whether messages are base64 in text frames; WebSocket only.</summary>
    public bool IsBase64 { get; private init; }

    /// <summary>Whether the error stream carries a Status object, always, instead of text on failure.</summary>
    public bool HasJsonStatus { get; private init; }

    public bool HasResize { get; private init; }

    /// <summary>Whether a WebSocket client can half-close a channel.</summary>
    public bool HasClose { get; private init; }

    /// <summary>Clients of version 1 wait for the end of the server's side of stdin before they send.</summary>
    public bool EndsStdinAtOnce { get; private init; }

    /// <param name="name">A protocol name as negotiated; empty is version 1.</param>
    /// <exception cref="ArgumentException">No such protocol, which negotiation rules out.</exception>
    public static RemoteCommandProtocol Parse(string name)
    {
        (int version, bool base64) = name switch
        {
            "" or Suffix => (1, false),
            "base64." + Suffix => (1, true),
            "v2." + Suffix => (2, false),
            "v3." + Suffix => (3, false),
            "v4." + Suffix => (4, false),
            "v4.base64." + Suffix => (4, true),
            "v5." + Suffix => (5, false),
            _ => throw new ArgumentException($"'{name}' is not a remote-command protocol", nameof(name)),
        };
        return new RemoteCommandProtocol
        {
            IsBase64 = base64,
            HasJsonStatus = version >= 4,
            HasResize = version >= 3,
            HasClose = version >= 5,
            EndsStdinAtOnce = version == 1,
        };
    }
}
