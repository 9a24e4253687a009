using System.Text.RegularExpressions;
using Crid.Core;
using Crid.Images;
using Crid.Linux;
using Crid.State;

namespace Crid.HostTests;

/// <summary>Pulls from docker-registry through TLS with and without what it asks for. No secret may appear in logs, errors or the database.</summary>
public sealed partial class SecureRegistryTests : IAsyncLifetime
{
    private const string Password = "geheim";

    private readonly string _directory = Directory.CreateTempSubdirectory("crid-secure-").FullName;
    private readonly MemoryLogger _log = new();
    private Database? _database;
    private ImageService? _images;

    private string Certs => $"{_directory}/certs.d";

    public async ValueTask InitializeAsync()
    {
        HostRequirements.Require("/usr/bin/docker-registry");
        await OpenAsync(httpsProxy: "");
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        DirectoryTree.Remove(_directory);
    }

    [Fact]
    public async Task PullAsync_OwnAuthority_IsTrustedOnlyWhereConfigured()
    {
        await using SecureRegistry registry = await StartAsync();
        await registry.ConfigureAsync(Certs, "");
        CridException untrusted = await Assert.ThrowsAsync<CridException>(() => PullAsync(registry));
        await registry.ConfigureAsync(Certs, $"ca = \"{registry.Directory}/ca.pem\"");

        Image image = await PullAsync(registry);
        await registry.ConfigureAsync(Certs, "skip_verify = true");
        await _images!.RemoveAsync(image.Id.Value, CancellationToken.None);

        Assert.Equal("RegistryUnavailable", untrusted.Reason);
        Assert.Equal(image.Id, (await PullAsync(registry)).Id);
    }

    [Fact]
    public async Task PullAsync_ClientCertificate_IsShown()
    {
        await using SecureRegistry registry = await StartAsync(tls: "    clientcas: [DIRECTORY/ca.pem]");
        string authority = $"ca = \"{registry.Directory}/ca.pem\"";
        await registry.ConfigureAsync(Certs, authority);
        CridException without = await Assert.ThrowsAsync<CridException>(() => PullAsync(registry));
        await registry.ConfigureAsync(Certs, $"{authority}\nclient = [[\"{registry.Directory}/client.crt\", \"{registry.Directory}/client.key\"]]");

        Image image = await PullAsync(registry);

        Assert.Equal(ErrorKind.Unavailable, without.Kind);
        Assert.NotEmpty(image.Layers);
    }

    [Fact]
    public async Task PullAsync_BasicOverTls_LeavesNoSecretAnywhere()
    {
        await using SecureRegistry registry = await StartAsync(auth: "auth: {htpasswd: {realm: tests, path: DIRECTORY/htpasswd}}");
        await registry.ConfigureAsync(Certs, $"ca = \"{registry.Directory}/ca.pem\"");

        CridException anonymous = await Assert.ThrowsAsync<CridException>(() => PullAsync(registry));
        CridException wrong = await Assert.ThrowsAsync<CridException>(() => PullAsync(registry, new RegistryCredentials { Username = "user", Password = "wrong-" + Password }));
        Image image = await PullAsync(registry, new RegistryCredentials { Username = "user", Password = Password });

        Assert.Equal((ErrorKind.PermissionDenied, ErrorKind.PermissionDenied), (anonymous.Kind, wrong.Kind));
        Assert.NotEmpty(image.Layers);
        string[] secrets = [Password, Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"user:{Password}")), Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"user:wrong-{Password}"))];
        string everything = $"{anonymous}\n{wrong}\n{_log.Text}\n"
            + string.Concat(Directory.GetFiles($"{_directory}/lib", "crid.db*").Select(static file => System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file))));
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, everything, StringComparison.Ordinal));
        Assert.Matches(Pulled(), _log.Text);
    }

    [Fact]
    public async Task PullAsync_TokenServer_IsAskedOnceWithTheCredentials()
    {
        await PushAsync($"{_directory}/registry");
        using TokenServer tokens = new(_directory, Password);
        await using LabRegistry registry = await LabRegistry.StartAsync($"{_directory}/registry", tokens.Configuration);
        ImageReference reference = ImageReference.Parse($"{registry.Address}/app:1");
        Task<Image> PullAsync(string? password) => _images!.PullAsync(
            new PullRequest(reference, password is null ? null : new RegistryCredentials { Username = TokenServer.User, Password = password }), CancellationToken.None);

        CridException anonymous = await Assert.ThrowsAsync<CridException>(() => PullAsync(null));
        CridException wrong = await Assert.ThrowsAsync<CridException>(() => PullAsync("wrong"));
        Image image = await PullAsync(Password);

        Assert.Equal((ErrorKind.PermissionDenied, ErrorKind.PermissionDenied), (anonymous.Kind, wrong.Kind));
        Assert.NotEmpty(image.Layers);
        Assert.Equal(1, tokens.Tokens);
        Assert.DoesNotContain(Password, _log.Text, StringComparison.Ordinal);
    }

    /// <summary>The proxy alone knows where the registry is, and TLS is with the registry.</summary>
    [Fact]
    public async Task PullAsync_ThroughAProxyWithPassword_Succeeds()
    {
        await using SecureRegistry registry = await StartAsync();
        using ConnectProxy proxy = new(registry.Address);
        await CloseAsync();
        await OpenAsync(proxy.Url);
        string certs = Directory.CreateDirectory($"{Certs}/{SecureRegistry.Name}").FullName;
        await File.WriteAllTextAsync($"{certs}/hosts.toml", $"server = \"https://{SecureRegistry.Name}\"\nca = \"{registry.Directory}/ca.pem\"\n");

        Image image = await _images!.PullAsync(new PullRequest(ImageReference.Parse($"{SecureRegistry.Name}/app:1"), Credentials: null), CancellationToken.None);

        Assert.NotEmpty(image.Layers);
        Assert.Equal([$"CONNECT {SecureRegistry.Name}:443 HTTP/1.1"], proxy.Granted.Concat(proxy.Refused).Distinct());
        Assert.NotEmpty(proxy.Granted);
        Assert.All(ConnectProxy.Secrets, secret => Assert.DoesNotContain(secret, _log.Text, StringComparison.Ordinal));
    }

    private async Task OpenAsync(string httpsProxy)
    {
        CridDirectories directories = new($"{_directory}/lib", $"{_directory}/run");
        Directory.CreateDirectory(directories.Root);
        _database = Database.Open(directories.Database);
        RegistryOptions registry = new() { CertsDirectory = Certs, RetryDelay = TimeSpan.FromMilliseconds(1), HttpsProxy = httpsProxy };
        _images = await ImageService.OpenAsync(directories, _database, new ImagesOptions { Registry = registry }, _log, TimeProvider.System);
    }

    private async Task CloseAsync()
    {
        if (_images is not null)
        {
            await _images.DisposeAsync();
            await _database!.DisposeAsync();
        }
    }

    private async Task<SecureRegistry> StartAsync(string tls = "", string auth = "")
    {
        string storage = $"{_directory}/registry";
        await PushAsync(storage);
        Directory.CreateDirectory($"{_directory}/tls");
        await File.WriteAllTextAsync($"{_directory}/tls/htpasswd", "user:$2b$05$abcdefghijklmnopqrstuuVWu8RjbNovPZWAMRdd7iqaaG0mI53Uu\n");
        return await SecureRegistry.StartAsync(storage, $"{_directory}/tls", tls, auth);
    }

    private static async Task PushAsync(string storage)
    {
        await using LabRegistry plain = await LabRegistry.StartAsync(storage);
        await plain.PushAsync(TestImage.Busybox(), "app", "1");
    }

    private Task<Image> PullAsync(SecureRegistry registry, RegistryCredentials? credentials = null) =>
        _images!.PullAsync(new PullRequest(ImageReference.Parse($"{registry.Address}/app:1"), credentials), CancellationToken.None);

    [GeneratedRegex("pulled .*app:1", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Pulled();
}
