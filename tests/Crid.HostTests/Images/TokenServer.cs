using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Crid.HostTests;

/// <summary>A token server as docker-registry trusts it: signed JSON web tokens for who has the password, in the form of the distribution project's specification.</summary>
internal sealed class TokenServer : IDisposable
{
    public const string User = "user";
    public const string Service = "lab";

    private const string Issuer = "lab tokens";

    private readonly HttpListener _listener = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly string _certificate;
    private readonly string _directory;
    private readonly string _password;
    private int _tokens;

    /// <param name="directory">Takes the certificate of the key, <c>tokens.pem</c>.</param>
    /// <param name="password">What <see cref="User"/> has to show.</param>
    public TokenServer(string directory, string password)
    {
        _directory = directory;
        _password = password;
        CertificateRequest request = new("CN=tokens", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using X509Certificate2 certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddHours(12));
        _certificate = Convert.ToBase64String(certificate.RawData);
        File.WriteAllText($"{directory}/tokens.pem", certificate.ExportCertificatePem());
        Realm = $"http://127.0.0.1:{LabRegistry.FreePort()}/token/";
        _listener.Prefixes.Add(Realm);
        _listener.Start();
        _ = ServeAsync();
    }

    public string Realm { get; }

    /// <summary>The table <c>auth</c> of a registry that asks for tokens of this server.</summary>
    public string Configuration => $$$"""auth: {token: {realm: "{{{Realm}}}", service: {{{Service}}}, issuer: "{{{Issuer}}}", rootcertbundle: "{{{_directory}}}/tokens.pem"}}""";

    /// <summary>How many tokens were given out.</summary>
    public int Tokens => Volatile.Read(ref _tokens);

    public void Dispose()
    {
        _listener.Close();
        _key.Dispose();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            try
            {
                Answer(await _listener.GetContextAsync());
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Answer(HttpListenerContext context)
    {
        string expected = $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{_password}"))}";
        bool isAsked = context.Request is { HttpMethod: "GET", Url.AbsolutePath: "/token/" } && context.Request.QueryString["service"] == Service;
        if (!isAsked || context.Request.Headers["Authorization"] != expected)
        {
            context.Response.StatusCode = isAsked ? 401 : 404;
            context.Response.Close();
            return;
        }

        Interlocked.Increment(ref _tokens);
        byte[] body = Encoding.UTF8.GetBytes(new JsonObject { ["token"] = MakeToken(context.Request.QueryString["scope"] ?? ""), ["expires_in"] = 300 }.ToJsonString());
        context.Response.ContentLength64 = body.Length;
        context.Response.OutputStream.Write(body);
        context.Response.Close();
    }

    // Only what was asked for, and of that only pulling.
    private string MakeToken(string scope)
    {
        string[] parts = scope.Split(':');
        JsonArray access = parts is ["repository", _, _]
            ? [new JsonObject { ["type"] = "repository", ["name"] = parts[1], ["actions"] = new JsonArray("pull") }]
            : [];
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        JsonObject header = new() { ["typ"] = "JWT", ["alg"] = "ES256", ["x5c"] = new JsonArray(_certificate) };
        JsonObject claims = new()
        {
            ["iss"] = Issuer, ["sub"] = User, ["aud"] = Service, ["exp"] = now + 300, ["nbf"] = now - 10, ["iat"] = now,
            ["jti"] = Guid.NewGuid().ToString(), ["access"] = access,
        };
        string content = $"{Encode(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{Encode(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        return $"{content}.{Encode(_key.SignData(Encoding.ASCII.GetBytes(content), HashAlgorithmName.SHA256))}";
    }

    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
