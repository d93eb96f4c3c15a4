using System.Net;
using MatrixEdge.Configuration;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Configuration;

/// <summary>How often the gateway looks at itself, by which name servers, and whom it trusts.</summary>
public sealed class DoctorSettingsTests
{
    [Theory]
    [InlineData(""" "Every": "5" """, "MatrixEdge:Doctor:Every is \"5\": must be a length of time, written \"hh:mm:ss\" or \"d.hh:mm:ss\"")]
    [InlineData(""" "Every": 300 """, "MatrixEdge:Doctor:Every is 300: must be a length of time, written \"hh:mm:ss\" or \"d.hh:mm:ss\"")]
    [InlineData(""" "Every": "00:00:00.5" """, "MatrixEdge:Doctor:Every is \"00:00:00.5\": must be between \"00:00:01\" and \"1.00:00:00\", or \"00:00:00\" for never")]
    [InlineData(""" "Every": "1.00:00:01" """, "MatrixEdge:Doctor:Every is \"1.00:00:01\": must be between \"00:00:01\" and \"1.00:00:00\", or \"00:00:00\" for never")]
    [InlineData(""" "Resolvers": "9.9.9.9" """, "MatrixEdge:Doctor:Resolvers is \"9.9.9.9\": must be a list, [ … ]")]
    [InlineData(""" "Resolvers": [ "9.9.9.9", "dns.quad9.net" ] """, "MatrixEdge:Doctor:Resolvers:1 is \"dns.quad9.net\": must be the address of a resolver, with a port if it is not 53: \"192.0.2.53\", \"127.0.0.1:5353\", \"[2001:db8::53]:5353\"")]
    [InlineData(""" "TrustedRoots": "/nowhere/root.pem" """, "MatrixEdge:Doctor:TrustedRoots is \"/nowhere/root.pem\": there is no file /nowhere/root.pem; give a PEM file with the authority's root")]
    [InlineData(""" "Evry": "00:05:00" """, "MatrixEdge:Doctor:Evry is \"00:05:00\": this key is not known; did you mean \"Every\"?")]
    [InlineData(""" "Frobnicate": true """, "MatrixEdge:Doctor:Frobnicate is true: this key is not known here; known are Every, Resolvers, TrustedRoots")]
    public void A_mistake_about_the_doctor_is_told_with_a_remedy(string keys, string expected)
    {
        using var folder = new TemporaryFolder();

        var (settings, _, problems) = UnderstoodConfiguration.Of(folder, Configuration(keys));

        Assert.Null(settings);
        Assert.Equal(expected, Assert.Single(problems.Found).ToString());
    }

    [Fact]
    public void Nothing_has_to_be_written()
    {
        using var folder = new TemporaryFolder();

        var (settings, _) = UnderstoodConfiguration.Soundly(folder, Configuration(""));

        Assert.Equal(TimeSpan.FromMinutes(5), settings.Doctor.Every);
        Assert.Empty(settings.Doctor.Resolvers);
        Assert.Null(settings.Doctor.TrustedRoots);
    }

    [Fact]
    public void All_of_it_can_be_chosen()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("root.pem"), new TestAuthority().Root.ExportCertificatePem());

        var (settings, _) = UnderstoodConfiguration.Soundly(folder, Configuration(""" "Every": "01:00:00", "Resolvers": [ "192.0.2.53", "[2001:db8::53]:5353" ], "TrustedRoots": "root.pem" """));

        Assert.Equal(TimeSpan.FromHours(1), settings.Doctor.Every);
        Assert.Equal([IPEndPoint.Parse("192.0.2.53:53"), IPEndPoint.Parse("[2001:db8::53]:5353")], settings.Doctor.Resolvers);
        Assert.Equal(folder.File("root.pem"), settings.Doctor.TrustedRoots?.Path);
    }

    [Theory]
    [InlineData("00:00:00")]
    [InlineData("00:00:01")]
    [InlineData("1.00:00:00")]
    public void It_may_look_never_once_a_second_or_once_a_day(string every)
    {
        using var folder = new TemporaryFolder();

        var (settings, _) = UnderstoodConfiguration.Soundly(folder, Configuration($""" "Every": "{every}" """));

        Assert.Equal(TimeSpan.Parse(every, System.Globalization.CultureInfo.InvariantCulture), settings.Doctor.Every);
    }

    private static string Configuration(string keys) => $$"""
        {
          "MatrixEdge": {
            "Certificate": { "Source": "Local" }, "Doctor": { {{keys}} },
            "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" } }]
          }
        }
        """;
}
