namespace Crid.Streaming;

/// <summary>The requests that wait for their connection, and the URLs by which it comes.</summary>
public sealed class StreamingRequests(TimeProvider time)
{
    private readonly TokenTable<StreamingRequest> _waiting = new(time);

    /// <summary>Where the streaming server listens, without a slash at the end; set before the first request.</summary>
    public string BaseAddress { get; set; } = "";

    /// <summary>Keeps a request for a short time and returns the URL, good for one connection, that leads to it.</summary>
    /// <exception cref="Core.CridException">ResourceExhausted: too many requests wait.</exception>
    public string Add(StreamingRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return $"{BaseAddress}/{request.Kind}/{_waiting.Add(request)}";
    }

    /// <summary>Takes the request that a URL's path leads to, <c>/KIND/TOKEN</c>; null where there is none (any more), or of another kind.</summary>
    public StreamingRequest? Take(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.Split('/') is ["", string kind, string token] && _waiting.TryTake(token, out StreamingRequest? request) && request!.Kind == kind
            ? request
            : null;
    }
}
