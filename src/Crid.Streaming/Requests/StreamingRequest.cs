namespace Crid.Streaming;

/// <summary>What a connection that is still to come will be for.</summary>
/// <param name="Kind">The first part of the path of its URL.</param>
public abstract record StreamingRequest(string Kind)
{
    public const string Exec = "exec";
    public const string Attach = "attach";
    public const string PortForward = "portforward";
}
