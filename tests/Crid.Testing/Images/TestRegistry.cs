using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Crid.Core;

namespace Crid.Testing;

/// <summary>A registry within the test's process, on a free port of the loopback address.</summary>
public sealed class TestRegistry : IDisposable
{
    private readonly HttpListener _listener;
    private readonly ConcurrentDictionary<string, byte[]> _blobs = new();
    private readonly ConcurrentDictionary<string, (byte[] Document, string Type)> _manifests = new();
    private readonly ConcurrentQueue<string> _requests = new();

    public TestRegistry()
    {
        (_listener, Address) = Listen();
        _ = ServeAsync();
    }

    /// <summary><c>127.0.0.1:PORT</c></summary>
    public string Address { get; }

    /// <summary>Method and path of the requests so far, with <c>!</c> behind those that carried an Authorization header.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    /// <summary>Handles a request before the registry does; true when it was answered.</summary>
    public Func<HttpListenerContext, bool>? Intercept { get; set; }

    /// <summary>Ends the response of a blob after this many bytes, once for each time the delegate returns a number.</summary>
    public Func<string, int?>? BreakAfter { get; set; }

    /// <summary>Awaited before a blob is sent.</summary>
    public Func<string, Task>? BeforeBlob { get; set; }

    public void Add(string repository, string tag, TestImage image) => Add(repository, tag, image.Manifest, TestImage.ManifestType, image);

    /// <summary>Adds a manifest or an index under a tag and its digest, and the blobs of images.</summary>
    public void Add(string repository, string tag, byte[] document, string mediaType, params TestImage[] images)
    {
        _manifests[$"{repository}:{tag}"] = (document, mediaType);
        _manifests[$"{repository}:{BlobDigest.Of(document).Value}"] = (document, mediaType);
        foreach (TestImage image in images)
        {
            _manifests[$"{repository}:{image.Digest.Value}"] = (image.Manifest, TestImage.ManifestType);
            foreach ((BlobDigest digest, byte[] blob) in image.Blobs)
            {
                _blobs[digest.Value] = blob;
            }
        }
    }

    /// <summary>Replaces what a digest delivers.</summary>
    public void Corrupt(BlobDigest digest, byte[] content) => _blobs[digest.Value] = content;

    public int Count(string part) => _requests.Count(request => request.Contains(part, StringComparison.Ordinal));

    public void Dispose() => _listener.Close();

    public static void Respond(HttpListenerContext context, int status, string body = "", params (string Name, string Value)[] headers)
    {
        context.Response.StatusCode = status;
        foreach ((string name, string value) in headers)
        {
            context.Response.AddHeader(name, value);
        }

        byte[] content = Encoding.UTF8.GetBytes(body);
        context.Response.ContentLength64 = content.Length;
        if (context.Request.HttpMethod != "HEAD")
        {
            context.Response.OutputStream.Write(content);
        }

        context.Response.Close();
    }

    // The listener takes no port 0: ports are tried until one is free.
    private static (HttpListener Listener, string Address) Listen()
    {
        for (int attempt = 0; ; attempt++)
        {
            string address = $"127.0.0.1:{Random.Shared.Next(20000, 60000)}";
            HttpListener listener = new();
            listener.Prefixes.Add($"http://{address}/");
            try
            {
                listener.Start();
                return (listener, address);
            }
            catch (HttpListenerException) when (attempt < 20)
            {
                listener.Close();
            }
        }
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            _ = Task.Run(() => HandleAsync(context));
        }
    }

    private async Task HandleAsync(HttpListenerContext context)
    {
        try
        {
            string path = context.Request.Url!.AbsolutePath;
            _requests.Enqueue($"{context.Request.HttpMethod} {context.Request.Url.PathAndQuery}{(context.Request.Headers["Authorization"] is null ? "" : " !")}");
            if (Intercept?.Invoke(context) == true)
            {
                return;
            }

            string[] parts = path.Split('/');
            string repository = string.Join('/', parts.Skip(2).SkipLast(2));
            string name = parts[^1];
            if (parts[^2] == "manifests" && _manifests.TryGetValue($"{repository}:{name}", out (byte[] Document, string Type) manifest))
            {
                Respond(context, 200, Encoding.UTF8.GetString(manifest.Document),
                    ("Content-Type", manifest.Type), ("Docker-Content-Digest", BlobDigest.Of(manifest.Document).Value));
            }
            else if (parts[^2] == "blobs" && _blobs.TryGetValue(name, out byte[]? blob))
            {
                await SendBlobAsync(context, name, blob);
            }
            else
            {
                Respond(context, 404, """{"errors":[{"code":"MANIFEST_UNKNOWN","message":"unknown"}]}""");
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or IOException)
        {
            // The client has left.
        }
    }

    private async Task SendBlobAsync(HttpListenerContext context, string name, byte[] blob)
    {
        await (BeforeBlob?.Invoke(name) ?? Task.CompletedTask);
        int start = 0;
        if (context.Request.Headers["Range"] is { } range)
        {
            start = int.Parse(range["bytes=".Length..^1]);
            context.Response.StatusCode = 206;
            context.Response.AddHeader("Content-Range", $"bytes {start}-{blob.Length - 1}/{blob.Length}");
        }

        context.Response.ContentLength64 = blob.Length - start;
        if (BreakAfter?.Invoke(name) is { } count)
        {
            await context.Response.OutputStream.WriteAsync(blob.AsMemory(start, Math.Min(count, blob.Length - start)));
            await context.Response.OutputStream.FlushAsync();
            context.Response.Abort();
            return;
        }

        await context.Response.OutputStream.WriteAsync(blob.AsMemory(start));
        context.Response.Close();
    }
}
