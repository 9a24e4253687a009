namespace Crid.Streaming.Tests;

/// <summary>What forwarding does with a port.</summary>
public enum PortStep
{
    Connect,
    Read,
    Write,
    EndSend,
    Close,
}
