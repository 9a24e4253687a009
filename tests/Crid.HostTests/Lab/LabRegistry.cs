using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Crid.Core;

namespace Crid.HostTests;

/// <summary>Debian's docker-registry on a loopback port of the lab.</summary>
internal sealed class LabRegistry : IAsyncDisposable
{
    private readonly LabProcess _process;
    private readonly HttpClient _client;

    private LabRegistry(LabProcess process, int port)
    {
        _process = process;
        Address = $"127.0.0.1:{port}";
        _client = new HttpClient { BaseAddress = new Uri($"http://{Address}/") };
    }

    /// <summary>Host and port, the registry part of references.</summary>
    public string Address { get; }

    /// <param name="directory">Takes what is pushed, and may have it from a registry before.</param>
    /// <param name="auth">The table <c>auth</c> of the configuration.</param>
    public static async Task<LabRegistry> StartAsync(string directory, string auth = "")
    {
        int port = FreePort();
        Directory.CreateDirectory(directory);
        string config = Path.Combine(directory, "config.yml");
        await File.WriteAllTextAsync(config, $$$"""
            version: 0.1
            log: {level: warn, accesslog: {disabled: true}}
            storage: {filesystem: {rootdirectory: {{{directory}}}/data}, delete: {enabled: true}}
            http: {addr: "127.0.0.1:{{{port}}}", secret: tests}
            {{{auth}}}
            """);
        LabRegistry registry = new(LabProcess.Start(Path.Combine(directory, "log"), "/usr/bin/docker-registry", "serve", config), port);
        await Eventually.TrueAsync(registry.IsUpAsync, "docker-registry answers");
        return registry;
    }

    public static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Uploads an image and returns its full reference.</summary>
    public async Task<string> PushAsync(TestImage image, string repository, string tag)
    {
        foreach (byte[] blob in image.Layers.Append(image.Config))
        {
            await PushBlobAsync(repository, blob);
        }

        using ByteArrayContent content = new(image.Manifest);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/vnd.oci.image.manifest.v1+json");
        using HttpResponseMessage response = await _client.PutAsync($"v2/{repository}/manifests/{tag}", content);
        response.EnsureSuccessStatusCode();
        return $"{Address}/{repository}:{tag}";
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _process.DisposeAsync();
    }

    private async Task PushBlobAsync(string repository, byte[] blob)
    {
        using HttpResponseMessage started = await _client.PostAsync($"v2/{repository}/blobs/uploads/", null);
        started.EnsureSuccessStatusCode();
        string location = new Uri(_client.BaseAddress!, started.Headers.Location!).ToString();
        string separator = location.Contains('?', StringComparison.Ordinal) ? "&" : "?";
        using ByteArrayContent content = new(blob);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using HttpResponseMessage finished = await _client.PutAsync($"{location}{separator}digest={Uri.EscapeDataString(BlobDigest.Of(blob).Value)}", content);
        finished.EnsureSuccessStatusCode();
    }

    private async Task<bool> IsUpAsync()
    {
        try
        {
            using HttpResponseMessage response = await _client.GetAsync("v2/");
            return response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.Unauthorized;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
